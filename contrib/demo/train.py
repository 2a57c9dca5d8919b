#!/usr/bin/env python3
"""Train a small network on digits/ and labels.csv; write model.safetensors
and scores.json. train.py --score: only score the model that is here."""
import csv
import json
import struct
import sys
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier


def read_image(path):
    with open(path, "rb") as f:
        assert f.readline() == b"P5\n"
        width, height = map(int, f.readline().split())
        f.readline()
        pixels = np.frombuffer(f.read(), "uint8").reshape(height, width)
    return pixels.ravel() / 16.0


def read_data():
    with open("labels.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    x = np.array([read_image(r["image"]) for r in rows])
    y = np.array([int(r["label"]) for r in rows])
    held_out = np.arange(len(y)) % 5 == 0
    return x[~held_out], y[~held_out], x[held_out], y[held_out]


def write_safetensors(path, tensors):
    header, at = {}, 0
    for name, t in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(t.shape),
                        "data_offsets": [at, at + t.nbytes]}
        at += t.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for t in tensors.values():
            f.write(t.tobytes())


def read_safetensors(path):
    with open(path, "rb") as f:
        n, = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(n))
        data = f.read()
    return {name: np.frombuffer(data[slice(*t["data_offsets"])], "<f4")
            .reshape(t["shape"]) for name, t in header.items()}


def predict(tensors, x):
    layers = len(tensors) // 2
    for i in range(layers):
        x = x @ tensors["layer%d.weight" % i] + tensors["layer%d.bias" % i]
        if i < layers - 1:
            x = np.maximum(x, 0)
    return x.argmax(1)


def train(x, y):
    net = MLPClassifier((512, 256), random_state=1, max_iter=40, tol=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(x, y)
    tensors = {}
    for i, (w, b) in enumerate(zip(net.coefs_, net.intercepts_)):
        tensors["layer%d.weight" % i] = w.astype("<f4")
        tensors["layer%d.bias" % i] = b.astype("<f4")
    return tensors


x, y, held_x, held_y = read_data()
if sys.argv[1:] == ["--score"]:
    model = read_safetensors("model.safetensors")
else:
    model = train(x, y)
    write_safetensors("model.safetensors", model)
scores = {"images": len(y) + len(held_y),
          "accuracy": round(float((predict(model, held_x) == held_y).mean()), 4)}
if sys.argv[1:] != ["--score"]:
    with open("scores.json", "w") as f:
        json.dump(scores, f, indent=1)
        f.write("\n")
print("accuracy %(accuracy).4f with %(images)d images" % scores)
