"""What screens share: page registry, maps, words, theme."""
