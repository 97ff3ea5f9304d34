"""A server with OpenAI's completions in front of one real model, for scripts/real-model: streams token by token, and stops when its caller hangs up.

Stands in for llama-cpp-python's own server where that can't be built; the model and the inference are real. One request at a time.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from ik_llama_cpp import _ctypes_api as api
from ik_llama_cpp import _internals as internals
from ik_llama_cpp.llama import IkLlama

MODEL = IkLlama(sys.argv[1], n_ctx=2048, n_threads=1)
CHUNK = 256


def tokens_of(prompt, most):
    """The tokens that follow a prompt, one by one."""
    context = MODEL._context
    context.kv_cache_clear()
    tokens = MODEL.tokenize(prompt)[-1500:]
    for start in range(0, len(tokens), CHUNK):
        part = tokens[start : start + CHUNK]
        batch = internals.make_batch_range(part, pos_start=start, logits_last=start + CHUNK >= len(tokens))
        context.decode(batch)
        api.llama_batch_free(batch)
    for position in range(len(tokens), len(tokens) + most):
        token = context.sample(-1, temperature=0.2, top_k=40, top_p=0.95)
        if api.llama_token_is_eog(MODEL._model.model, token):
            return
        yield token
        batch = internals.make_batch_single(token, position)
        context.decode(batch)
        api.llama_batch_free(batch)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply({"data": [{"id": "gemma-3-270m"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        begun, made, shown = time.time(), [], ""
        try:
            for token in tokens_of(body["prompt"], body["max_tokens"]):
                made.append(token)
                text = MODEL.detokenize(made)
                # Half a character waits for its other half.
                if not text.endswith("\ufffd"):
                    self.event({"choices": [{"index": 0, "text": text[len(shown) :]}]})
                    shown = text
            self.wfile.write(b"data: [DONE]\n\n")
            print(f"{len(made)} tokens in {time.time() - begun:.1f} s", flush=True)
        except (BrokenPipeError, ConnectionResetError):
            print(f"the caller hung up after {len(made)} tokens, {time.time() - begun:.1f} s", flush=True)

    def event(self, value):
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()

    def reply(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
