"""Flask, visited over loopback."""
import threading

from flask import Flask
from werkzeug.serving import make_server

import shop

shop.begin(traces_sample_rate=1.0)
app = Flask(__name__)


@app.before_request
def meet():
    shop.meet()


@app.get("/pay/<int:amount>")
def pay(amount):
    return shop.pay(amount)


@app.get("/refund")
def refund():
    shop.capture(7)
    return "later"


@app.get("/fine")
def fine():
    return "fine"


server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
shop.visit(f"http://127.0.0.1:{server.server_port}")
server.shutdown()
