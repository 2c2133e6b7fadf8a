"""OpenCV 4's dnn module behind FastAPI and uvicorn, as one writes it by hand, for serve.py; in the peers' environment.

    python opencv_service.py CFG WEIGHTS -port N [-workers THREADS]

Each thread has a network of its own, with one thread of OpenCV's.  POST /v1/detect of a picture gives objects as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

THRESH, NMS = 0.25, 0.45
mine = threading.local()


def load(cfg: str, weights: str) -> None:
    """This thread's network."""
    mine.net = cv2.dnn.readNetFromDarknet(cfg, weights)
    mine.net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    mine.outputs = mine.net.getUnconnectedOutLayersNames()


def detect(data: bytes, size: tuple[int, int]) -> list[dict[str, Any]]:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    mine.net.setInput(cv2.dnn.blobFromImage(picture, 1 / 255, size, swapRB=True))
    rows = np.concatenate(mine.net.forward(mine.outputs))
    rows = rows[rows[:, 4] > THRESH]
    best = rows[:, 5:].argmax(1)
    scores = rows[np.arange(len(rows)), 5 + best]
    boxes = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, 2:4]], 1)
    kept = cv2.dnn.NMSBoxesBatched(boxes.tolist(), scores.tolist(), best.tolist(), THRESH, NMS) if len(rows) else ()
    kept = np.array(kept, int)
    found = zip(best[kept].tolist(), scores[kept].tolist(), rows[kept, :4].tolist())
    return [{"class_id": class_id, "confidence": score, "box": box} for class_id, score, box in found]


def size_of(cfg: str) -> tuple[int, int]:
    """The network's width and height."""
    with open(cfg, encoding="utf-8") as file:
        told = dict(line.replace(" ", "").strip().split("=", 1) for line in file if "=" in line.split("#")[0])
    return int(told["width"]), int(told["height"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("cfg")
    parser.add_argument("weights")
    parser.add_argument("-port", type=int, required=True)
    parser.add_argument("-workers", type=int, default=1)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    size = size_of(given.cfg)
    threads = ThreadPoolExecutor(given.workers, initializer=load, initargs=(given.cfg, given.weights))
    app = FastAPI()

    @app.get("/v1/models")
    def models() -> dict[str, list[str]]:
        return {"models": []}

    @app.post("/v1/detect")
    async def answer(request: Request) -> JSONResponse:
        objects = asyncio.get_running_loop().run_in_executor(threads, detect, await request.body(), size)
        return JSONResponse([{"frame_id": 1, "objects": await objects}])

    uvicorn.run(app, port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
