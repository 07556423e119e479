"""What the demo source's papers are made of: a planted plan, words, people and attention. All of it invented."""
