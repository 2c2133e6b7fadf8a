"""The way of most tutorials: a blob, the outputs' rows, a loop over them, NMSBoxes, a drawing."""

import sys

import cv2
import numpy as np

config, weights, picture, drawing = sys.argv[1:]
net = cv2.dnn.readNetFromDarknet(config, weights)
net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)

layers = net.getLayerNames()
output_layers = [layers[i - 1] for i in net.getUnconnectedOutLayers()]
print("outputs", output_layers)

image = cv2.imread(picture)
height, width = image.shape[:2]
blob = cv2.dnn.blobFromImage(image, 1 / 255.0, (96, 64), swapRB=True, crop=False)
net.setInput(blob)
outputs = net.forward(output_layers)

boxes, confidences, class_ids = [], [], []
for output in outputs:
    for detection in output:
        scores = detection[5:]
        class_id = np.argmax(scores)
        confidence = scores[class_id]
        if confidence > 0.3:
            (center_x, center_y, w, h) = (detection[0:4] * np.array([width, height, width, height])).astype("int")
            boxes.append([int(center_x - w / 2), int(center_y - h / 2), int(w), int(h)])
            confidences.append(float(confidence))
            class_ids.append(class_id)

indices = cv2.dnn.NMSBoxes(boxes, confidences, 0.3, 0.4)
if len(indices) > 0:
    for i in indices.flatten():
        x, y, w, h = boxes[i]
        cv2.rectangle(image, (x, y), (x + w, y + h), (0, 255, 0), 1)
        print(f"{class_ids[i]} {confidences[i]:.3f} {x} {y} {w} {h}")
ticks, _ = net.getPerfProfile()
assert 0 < ticks * 1000.0 / cv2.getTickFrequency() < 60000
cv2.imwrite(drawing, image)
