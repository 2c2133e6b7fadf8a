"""A camera's loop: read, detect, show the rate, until the stream ends or something is not what was expected."""

import sys
import time

import cv2

config, weights, picture, _ = sys.argv[1:]
net = cv2.dnn.readNet(config, weights, "Darknet")
names = net.getUnconnectedOutLayersNames()
capture = cv2.VideoCapture(picture)
counted, start = 0, time.time()
while True:
    ok, frame = capture.read()
    if not ok:
        break
    for turned in (frame, cv2.flip(frame, 1), cv2.resize(frame, None, fx=0.5, fy=0.5)):
        net.setInput(cv2.dnn.blobFromImage(turned, 0.00392, (96, 64), (0, 0, 0), True, crop=False))
        best = max(float(rows[:, 5:].max()) for rows in net.forward(names))
        counted += 1
        print(f"frame {counted}: {best:.3f}")
rate = counted / (time.time() - start)
assert rate > 0
capture.release()

try:
    net.forward("yolo_1")
except cv2.error:
    print("no such layer")
try:
    cv2.dnn.readNetFromDarknet(config + ".missing", weights)
except cv2.error as e:
    print("no such file", config + ".missing" in str(e))
