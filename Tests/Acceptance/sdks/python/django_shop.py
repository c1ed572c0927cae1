"""Django, visited over loopback."""
import threading
from wsgiref.simple_server import WSGIServer, make_server
from socketserver import ThreadingMixIn

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

import shop

shop.begin(traces_sample_rate=1.0)


def meet(get_response):
    def middle(request):
        shop.meet()
        return get_response(request)
    return middle


def pay(request, amount):
    return shop.pay(amount)


def refund(request):
    shop.capture(7)
    return HttpResponse("later")


def fine(request):
    return HttpResponse("fine")


urlpatterns = [path("pay/<int:amount>", pay), path("refund", refund), path("fine", fine)]
settings.configure(
    DEBUG=False, ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="of a test",
    MIDDLEWARE=[f"{__name__}.meet"])
django.setup()


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
shop.visit(f"http://127.0.0.1:{server.server_port}")
server.shutdown()
