"""FastAPI under uvicorn, visited over loopback."""
import socket
import threading

import uvicorn
from fastapi import FastAPI

import shop

shop.begin(traces_sample_rate=1.0)
app = FastAPI()


@app.get("/pay/{amount}")
async def pay(amount: int):
    shop.meet()
    return shop.pay(amount)


@app.get("/refund")
def refund():
    shop.meet()
    shop.capture(7)
    return "later"


@app.get("/fine")
async def fine():
    return "fine"


listener = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
thread = threading.Thread(target=server.run, args=([listener],))
thread.start()
shop.visit(f"http://127.0.0.1:{listener.getsockname()[1]}")
server.should_exit = True
thread.join()
