"""Videos, cameras and network streams through a network, and out again.   C: demo.c, http_stream.cpp

    source ──frames──▶ Detector ──seen──▶ the caller, who hands each ``Shown`` to outputs
    sources.py          detector.py, tracking.py       outputs.py, writer.py, stream_server.py, post.py

Each of the three stages has a thread of its own (``run``); lanes between them hold a frame or two.  A file loses no frame.
A live source never waits: whoever is slower than it gets its newest frame.

    stop = threading.Event()                          # set it to end sooner
    source = open_video("rtsp://camera/1", stop, reconnect=60)
    for seen in run(source, Detector(net, thresh=0.25, letter_box=False), stop):
        print(seen.frame.time, seen.rows.xywh, seen.rows.probs)
"""

from .detector import Detector, Seen
from .pipeline import run
from .sources import Frame, Source, open_camera, open_video

__all__ = ["Detector", "Frame", "Seen", "Source", "open_camera", "open_video", "run"]
