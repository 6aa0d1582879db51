"""The native API under `/api/v1`: what governance needs and Rekognition has no operation for."""
