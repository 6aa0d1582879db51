"""Evaluation: how often a model pack is wrong on labelled photographs, and the similarity curve made of that."""
