#!/usr/bin/env python3
"""The digits of scikit-learn (1,797 scans of handwritten digits, 8 x 8), as
people have them: an image file each, and a table of labels.

digits.py FROM TO       write images FROM..TO-1 and their rows of labels.csv
digits.py relabel N..   what a second look says of those images
"""
import csv
import os
import sys

from sklearn.datasets import load_digits

FIELDS = ["image", "label", "reader"]


def read_labels():
    if not os.path.exists("labels.csv"):
        return []
    with open("labels.csv", newline="") as f:
        return list(csv.DictReader(f))


def write_labels(rows):
    with open("labels.csv", "w", newline="") as f:
        w = csv.DictWriter(f, FIELDS, lineterminator="\n")
        w.writeheader()
        w.writerows(rows)


def write_image(path, image):
    """A grey PGM of 16 levels, as the scans have."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(b"P5\n%d %d\n16\n" % (image.shape[1], image.shape[0]))
        f.write(image.astype("uint8").tobytes())


def deliver(first, last):
    digits = load_digits()
    rows = read_labels()
    for i in range(first, min(last, len(digits.images))):
        path = "digits/%04d.pgm" % i
        write_image(path, digits.images[i])
        rows.append({"image": path, "label": digits.target[i], "reader": "first"})
    write_labels(rows)
    print("wrote digits/%04d.pgm to %04d.pgm, and their rows of labels.csv"
          % (first, i))


def relabel(numbers):
    digits = load_digits()
    rows = read_labels()
    for i in numbers:
        rows[i] = dict(rows[i], label=digits.target[i], reader="second")
    write_labels(rows)
    print("changed %d rows of labels.csv" % len(numbers))


if sys.argv[1] == "relabel":
    relabel([int(n) for n in sys.argv[2:]])
else:
    deliver(int(sys.argv[1]), int(sys.argv[2]))
