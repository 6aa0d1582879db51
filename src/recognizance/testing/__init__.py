"""Fakes that are as strict as what they stand for, for tests here and in projects that build on Recognizance."""
