"""A network for each thread, and one model that all threads share under a lock."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

config, weights, picture, _ = sys.argv[1:]
frames = [np.roll(cv2.imread(picture), 9 * i, axis=1) for i in range(5)]
local = threading.local()
lock = threading.Lock()
shared = cv2.dnn_DetectionModel(weights, config)
shared.setInputParams(1 / 255, (96, 64), (0, 0, 0), True)


def own(frame):
    if not hasattr(local, "net"):
        local.net = cv2.dnn.readNetFromDarknet(config, weights)
    local.net.setInput(cv2.dnn.blobFromImage(frame, 1 / 255, (96, 64), swapRB=True))
    return [float(rows[:, 4].max()) for rows in local.net.forward(local.net.getUnconnectedOutLayersNames())]


def together(frame):
    with lock:
        classes, _, boxes = shared.detect(frame, 0.3, 0.4)
        return [(int(c), int(box[2]), int(box[3])) for c, box in zip(classes, boxes)]


with ThreadPoolExecutor(3) as pool:
    for number, objectness in enumerate(pool.map(own, frames)):
        print(number, " ".join(f"{value:.3f}" for value in objectness))
    for number, found in enumerate(pool.map(together, frames)):
        print(number, found)
