import Testing

@testable import LogServer

/// How many connections are taken for how many files that may be open.
@Suite struct ConnectionLimitsTests {
    @Test func `files of its own are always left`() {
        let streams = StreamLimits.connections + StreamLimits.refusedConnections
        for files in 0..<50_000 {
            let limits = ConnectionLimits(openFiles: files)
            #expect(limits.tcp >= 1 && limits.unix >= 1)
            let left = files - limits.tcp - limits.unix
            #expect(files < 4 || left >= files / 2)
            if files >= 1_024 { #expect(left >= ConnectionLimits.ownFiles + streams) }
        }
        let usual = ConnectionLimits(openFiles: 1_024)
        #expect((usual.tcp, usual.unix) == (544, 64))
        #expect(ConnectionLimits(openFiles: 1 << 20).tcp == ConnectionLimits.tcpConnections)
    }
}
