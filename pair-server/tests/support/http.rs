//! HTTP requests to a server, as a front end makes them.

use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use std::net::SocketAddr;

/// Sends a request with a JSON body, or an empty one.
pub async fn request(address: SocketAddr, method: Method, path: &str, body: Option<&str>) -> Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut request = client.request(method, format!("http://{address}{path}"));
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_owned());
    }
    request.send().await.unwrap()
}

/// The status and the JSON of an answer.
pub async fn json_of(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text:?} is no JSON: {error}")))
}

/// GET.
pub async fn get(address: SocketAddr, path: &str) -> (StatusCode, Value) {
    json_of(request(address, Method::GET, path, None).await).await
}

/// POST.
pub async fn post(address: SocketAddr, path: &str, body: &str) -> (StatusCode, Value) {
    json_of(request(address, Method::POST, path, Some(body)).await).await
}

/// Makes a room; gives its id and its owner's token.
pub async fn new_room(address: SocketAddr, body: &str) -> (String, String) {
    let (status, room) = post(address, "/rooms", body).await;
    assert_eq!(status, 200, "{room}");
    (room["roomId"].as_str().unwrap().to_owned(), room["ownerToken"].as_str().unwrap().to_owned())
}

/// A room's text as `GET /rooms/{id}` gives it.
pub async fn code(address: SocketAddr, room: &str) -> String {
    let (status, shown) = get(address, &format!("/rooms/{room}")).await;
    assert_eq!(status, 200, "{shown}");
    shown["code"].as_str().unwrap().to_owned()
}
