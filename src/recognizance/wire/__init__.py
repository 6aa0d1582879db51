"""awsJson 1.1 as Rekognition speaks it: bytes in, members out, and back. It knows nothing of faces and does no IO."""
