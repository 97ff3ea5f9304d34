//! What the screen shows, drawn from the program's state. Changes nothing, and knows neither the connection nor the terminal.

pub mod theme;
