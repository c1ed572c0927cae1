import Testing

@testable import LogServer

/// How many connections are taken for how many files that may be open.
@Suite struct ConnectionLimitsTests {
    @Test func `files of its own are always left`() {
        let streams = StreamLimits.connections + StreamLimits.refusedConnections
        for files in Array(0..<2_000) + [4_096, 20_000, 65_536, 1 << 20] {
            let limits = ConnectionLimits(openFiles: files)
            let taken = limits.tcp + limits.unix
            #expect(limits.tcp >= 1 && limits.unix >= 1)
            if files >= 8 { #expect(taken <= max(files / 4, files - ConnectionLimits.ownFiles)) }
            if files >= 1_024 { #expect(files - taken >= ConnectionLimits.ownFiles + streams) }
        }
        let usual = ConnectionLimits(openFiles: 1_024)
        #expect((usual.tcp, usual.unix) == (544, 64))
        #expect(ConnectionLimits(openFiles: 1 << 20).tcp == ConnectionLimits.tcpConnections)
    }
}
