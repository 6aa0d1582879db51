"""Recognizance: face recognition that answers for itself, behind Amazon Rekognition's API."""

__version__ = "0.1.0"
