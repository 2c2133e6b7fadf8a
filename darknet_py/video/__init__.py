"""Videos, cameras and network streams through a network, and out again.   C: demo.c, http_stream.cpp

    source ──frames──▶ Detector ──detected──▶ the caller, who hands each ``Shown`` to outputs
    capture             detector.py                 outputs.py, writer.py, stream_server.py, post.py

Each of the three stages has a thread of its own (``run``); queues between them hold a frame or two.  A file loses no frame.
A live source never waits: whoever is slower than it gets its newest frame.

    stop = threading.Event()                          # set it to end sooner
    source = open_video("rtsp://camera/1", stop, reconnect=60)
    for detected in run(source, Detector(net, Looking(thresh=0.25)), stop):
        print(detected.frame.time, detected.rows.xywh, detected.rows.probs)
"""

from ..capture import Frame, Source, open_camera, open_video, run
from .detector import DetectedFrame, Detector

__all__ = ["DetectedFrame", "Detector", "Frame", "Source", "open_camera", "open_video", "run"]
