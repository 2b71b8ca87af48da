"""Events, durations and traces."""

import gzip
import json
import threading

import pytest

import covector
from covector import monitoring, profiler


def test_listeners_are_told_until_they_are_removed():
    seen = []

    def listen(*what, **details):
        seen.append((*what, details))

    kinds = [
        (monitoring.register_event_listener, monitoring.unregister_event_listener),
        (
            monitoring.register_event_duration_secs_listener,
            monitoring.unregister_event_duration_listener,
        ),
        (
            monitoring.register_event_time_span_listener,
            monitoring.unregister_event_time_span_listener,
        ),
        (monitoring.register_scalar_listener, monitoring.unregister_scalar_listener),
    ]

    def record():
        monitoring.record_event("/a", x=1)
        monitoring.record_event_duration_secs("/b", 0.5)
        monitoring.record_event_time_span("/c", 1.0, 2.0, y="z")
        monitoring.record_scalar("/d", 3)

    for register, _ in kinds:
        register(listen)
    record()
    assert seen == [("/a", {"x": 1}), ("/b", 0.5, {}), ("/c", 1.0, 2.0, {"y": "z"}), ("/d", 3, {})]
    for _, unregister in kinds:
        unregister(listen)
        with pytest.raises(ValueError, match="not registered"):
            unregister(listen)
    record()
    assert len(seen) == 4


def test_compiles_are_events():
    seen = []
    monitoring.register_event_duration_secs_listener(lambda *what, **d: seen.append((what, d)))
    try:
        covector.jit(lambda x: x * 3.25 - 1)(covector.numpy.arange(7.0))
    finally:
        monitoring.clear_event_listeners()
    [(event, seconds)] = [what for what, d in seen if d["fun_name"] == "<lambda>"]
    assert event == "/jax/core/compile/backend_compile_duration"
    assert 0 < seconds < 60


def test_a_trace_has_the_spans_of_all_threads(tmp_path):
    @profiler.annotate_function
    def work():
        covector.jit(lambda x: x * 2.75)(covector.numpy.arange(9.0)).block_until_ready()

    with profiler.trace(tmp_path), profiler.StepTraceAnnotation("step", step_num=4):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    with profiler.TraceAnnotation("afterwards"):
        pass
    [file] = tmp_path.rglob("*.trace.json.gz")
    events = {e["name"]: e for e in json.loads(gzip.decompress(file.read_bytes()))["traceEvents"]}
    step, call = events["step"], next(e for n, e in events.items() if n.endswith("work"))
    assert step["args"] == {"step_num": 4}
    assert step["tid"] != call["tid"]
    assert step["ts"] <= call["ts"]
    assert call["ts"] + call["dur"] <= step["ts"] + step["dur"]
    assert any(name.startswith("compile") for name in events)
    assert "afterwards" not in events


def test_one_trace_at_a_time(tmp_path):
    with profiler.trace(tmp_path), pytest.raises(RuntimeError, match="already been started"):
        profiler.start_trace(tmp_path)
    with pytest.raises(RuntimeError, match="No profile started"):
        profiler.stop_trace()
