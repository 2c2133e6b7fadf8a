"""DetectionModel, from paths in either order, and its settings in a chain."""

import sys

import cv2

config, weights, picture, _ = sys.argv[1:]
frame = cv2.imread(picture)

model = cv2.dnn_DetectionModel(cv2.dnn.readNet(weights, config))
model.setInputParams(size=(96, 64), scale=1 / 255, swapRB=True)
classes, scores, boxes = model.detect(frame, 0.3, 0.4)
for class_id, score, box in zip(classes, scores, boxes):
    print(f"{int(class_id)} {score:.3f} {list(map(int, box))}")

model = cv2.dnn.DetectionModel(config, weights)
model.setInputSize(96, 64).setInputScale(1 / 255).setInputSwapRB(True)
model.setNmsAcrossClasses(True)
for class_id, score, box in zip(*model.detect(frame, confThreshold=0.3, nmsThreshold=0.4)):
    print(f"across {int(class_id)} {score:.3f} {box[0]} {box[1]} {box[2]} {box[3]}")

classes, scores, boxes = model.detect(frame, 0.999)
print("none", len(classes), len(scores), len(boxes))
