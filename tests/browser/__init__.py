"""The website in real browsers: Debian's Chromium and Firefox, from file://, as a reader has it."""
