package enum ContentCoding {}
