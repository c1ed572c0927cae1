import Glibc

// Calls of Linux that the Glibc module leaves out, since their headers want _GNU_SOURCE.
// Declared by their C names: all arguments and results are plain C integers and pointers.

@_silgen_name("fallocate")
func linuxFallocate(_ descriptor: CInt, _ mode: CInt, _ offset: off_t, _ length: off_t) -> CInt

@_silgen_name("pthread_setname_np")
func linuxSetThreadName(_ thread: pthread_t, _ name: UnsafePointer<CChar>) -> CInt
