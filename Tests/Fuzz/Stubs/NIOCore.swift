/// Stands for the package in this build: the reader of heads only names it.
public struct ByteBuffer {}
