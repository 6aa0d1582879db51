"""Audit: from counted trials and search results to what a bias audit must say, each figure with its uncertainty."""
