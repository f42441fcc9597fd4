"""`feed.js` of the served page, in Chromium: what it asks, and what it says when it cannot."""

import json

import pytest

from bptt.errors import InputError
from page.serving import serving

ASK = """async ([what, settings]) => {
  const { ask } = await import('./feed.js');
  return ask(what, settings).then((answer) => ({ answer }), (error) => ({
    message: error.message, isError: error instanceof Error,
  }));
}"""
ON_PROGRESS = """async () => {
  const { onProgress } = await import('./feed.js');
  const said = [];
  onProgress((text) => said.push(text));
  return said;
}"""


ASKED = []


def answer(what, body):
    ASKED.append(what)
    if what == "refused":
        raise InputError(f"wx: expected a number, got ξ <b> {body}. Write one.")
    return json.dumps({"what": what, "settings": json.loads(body), "ξ": 0.1})


@pytest.fixture
def served():
    ASKED.clear()
    with serving(answer) as served:
        yield served


@pytest.fixture
def page(chromium, served):
    """Open any file of the page, from which `feed.js` is then imported."""
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(served.address + "feed.js")
        yield page


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_question_and_its_answer(page, served, name):
    page.goto(served.address.replace("127.0.0.1", name) + "feed.js")
    requests = []

    def requested(request):  # playwright takes no bound method of a list
        requests.append(request)

    page.on("request", requested)
    settings = {"wx": "0.5", "answer": 'ξ " \\ \n'}
    assert page.evaluate(ASK, ["start", settings]) == {
        "answer": {"what": "start", "settings": settings, "ξ": 0.1}
    }
    (asked,) = [request for request in requests if request.method == "POST"]
    address = served.address.replace("127.0.0.1", name)
    assert asked.url == f"{address}answer/start"
    assert asked.all_headers()["sec-fetch-site"] == "same-origin"
    assert asked.all_headers()["origin"] == f"http://{name}:{served.port}"
    assert "referer" not in asked.all_headers()
    assert all(request.url.startswith(address) for request in requests)


def test_a_refusal(page):
    assert page.evaluate(ASK, ["refused", {}]) == {
        "message": "wx: expected a number, got ξ <b> {}. Write one.",
        "isError": True,
    }


def test_a_question_that_is_too_long(page):
    found = page.evaluate(ASK, ["start", "no object {" * 7000])
    assert "at most 65536 bytes" in found["message"]


def test_python_can_always_answer(page):
    assert page.evaluate(ON_PROGRESS) == [""]


def test_a_server_that_is_gone(page, served):
    page.evaluate(ASK, ["start", {}])
    served.running.should_exit = True
    gone = {"message": "bptt play does not answer: is it still running?", "isError": True}
    # what is asked while it stops may still be answered
    while "answer" in (found := page.evaluate(ASK, ["start", {}])):
        pass
    assert found == gone


@pytest.mark.parametrize("body", ["<html>", "", '{"half": '])
def test_another_server_in_its_place(page, body):
    page.route("**/answer/start", lambda route: route.fulfill(status=200, body=body))
    found = page.evaluate(ASK, ["start", {}])
    assert found["message"] == "bptt play does not answer: is it still running?"


def test_a_page_of_another_origin_gets_nothing(chromium, served):
    """Even one that knows the address: no question, no script, no frame."""
    other = 'data:text/html,<meta charset="utf-8"><body>'
    with serving(answer) as elsewhere, chromium.new_context() as context:
        for origin in (elsewhere.address + "feed.js", other):
            page = context.new_page()
            page.goto(origin)
            for kind in ("application/json", "text/plain"):
                for mode in ("cors", "no-cors"):
                    asked = """([url, kind, mode]) => fetch(url, {method: 'POST', body: '{}',
                      mode, headers: {'Content-Type': kind}}).then((r) => r.text(), () => null)"""
                    url = served.address + "answer/start"
                    assert page.evaluate(asked, [url, kind, mode]) in (None, "")
            loaded = "(url) => import(url).then(() => true, () => false)"
            assert page.evaluate(loaded, served.address + "feed.js") is False
            page.close()
    assert ASKED == []
    served.ask("start", "{}")
    assert ASKED == ["start"]
