import Foundation
import Glibc
import Testing

/// What is said when something cannot start, and what is left behind when something ends: nothing.
@Suite(.serialized) struct RefusalTests {
  @Test func aSecondDaemonLeavesTheFirstOnesSocketAlone() async throws {
    let first = try TestDaemon(defaults: "")
    try first.start()
    try await first.wait(for: "an answer") {
      first.exists("control.sock") && first.log.contains("serving")
    }
    // Another state, and the same socket.
    let second = try TestDaemon(defaults: "")
    let text = try String(contentsOfFile: second.configuration, encoding: .utf8)
    try text.replacing(second.directory.file("control.sock"), with: first.directory.file("control.sock"))
      .write(toFile: second.configuration, atomically: true, encoding: .utf8)
    let ended = try await DandyrollProgram.run("serve", "--config", second.configuration, expect: 1)
    #expect(
      ended.errors
        == "\(first.directory.file("control.sock")): another dandyroll answers here; set service.socket to another path\n"
    )
    #expect(try await first.ask("status")["state"] as? String == "serving")
    #expect(first.stop() == 0)
    #expect(!first.exists("control.sock"))
  }

  @Test func aBrokenFileIsShownByTheDaemonThatGoesOnWithoutIt() async throws {
    let daemon = try TestDaemon(defaults: "")
    try daemon.start()
    try await daemon.wait(for: "an answer") { daemon.exists("control.sock") && daemon.log.contains("serving") }
    #expect(try await daemon.ask("status")["state"] as? String == "serving")
    try daemon.reload(adding: "\n[nonsense]\n")
    try await daemon.wait(for: "the problem") {
      let configuration = try await daemon.ask("status")["configuration"] as? [String: Any]
      return (configuration?["problems"] as? [String])?.first?.contains("nonsense: unknown key") == true
    }
    #expect(daemon.stop() == 0)
  }

  @Test func aTakenPortIsSaidOnceAndNothingElse() async throws {
    let (descriptor, port) = try Self.listener()
    defer { close(descriptor) }
    let daemon = try TestDaemon(defaults: "", extra: "\n[page]\nlisten = \"127.0.0.1:\(port)\"")
    let ended = try await DandyrollProgram.run("serve", "--config", daemon.configuration, expect: 1)
    #expect(ended.errors.hasSuffix("127.0.0.1:\(port): cannot listen: Address already in use; set page.listen\n"))
    for noise in ["notice serving", "error", "CancellationError", "errno"] {
      #expect(!ended.errors.contains(noise), "\(ended.errors)")
    }
    #expect(!daemon.exists("control.sock"))
  }

  /// A port of the loopback that is taken.
  private static func listener() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isOpen)
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  @Test func aModelThatIsNotThereIsSaidInWords() async throws {
    let ended = try await DandyrollProgram.run("model", "serve", "/nowhere/nope.st", expect: 1)
    #expect(ended.errors == "dandyroll: /nowhere/nope.st: cannot open: No such file or directory\n")
  }

  /// However the demo ends, its daemon does not outlive it.
  @Test(arguments: [SIGTERM, SIGKILL]) func theDemosDaemonEndsWithIt(signal: Int32) async throws {
    let directory = try TemporaryDirectory()
    let demo = Process()
    demo.executableURL = URL(fileURLWithPath: DandyrollProgram.path)
    demo.arguments = ["demo", "--directory", directory.path, "--threads", "1"]
    demo.standardOutput = FileHandle.nullDevice
    demo.standardError = FileHandle.nullDevice
    try demo.run()
    defer { if demo.isRunning { kill(demo.processIdentifier, SIGKILL) } }
    var daemon: Int32?
    for _ in 0..<600 where daemon == nil && demo.isRunning {
      try await Task.sleep(for: .milliseconds(100))
      let ended = try await DandyrollProgram.run(
        ["status", "--json", "--socket", directory.file("control.sock")], expect: nil)
      let status = try? JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
      daemon = (status?["pid"] as? Int).map(Int32.init)
    }
    let pid = try #require(daemon)
    #expect(TestDaemon.isAlive(pid))
    kill(demo.processIdentifier, signal)
    demo.waitUntilExit()
    for _ in 0..<600 where TestDaemon.isAlive(pid) { try await Task.sleep(for: .milliseconds(100)) }
    #expect(!TestDaemon.isAlive(pid))
    #expect(!FileManager.default.fileExists(atPath: directory.file("control.sock")))
  }
}
