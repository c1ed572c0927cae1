"""A real browser that opens pages which are served from memory."""
import os
import shutil
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def show(words, files, path, until, seconds):
    """Opens a page in a browser until it has done its work, or the time is over.

    words  the browser's program
    files  by path: content type and text
    """
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, text = files.get(self.path, ("text/plain", "gone"))
            self.send_response(200)
            self.send_header("Content-Type", kind + "; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *words):
            pass

    pages = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    profile = tempfile.mkdtemp(prefix="faultlog-browser-")
    flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             f"--user-data-dir={profile}", f"http://127.0.0.1:{pages.server_port}{path}"]
    if os.geteuid() == 0:
        flags.insert(0, "--no-sandbox")
    browser = subprocess.Popen(
        [*words, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.time() + seconds
        while not until() and time.time() < deadline:
            time.sleep(0.2)
    finally:
        browser.terminate()
        browser.wait()
        pages.shutdown()
        shutil.rmtree(profile, ignore_errors=True)
