import NIOCore
import Testing

@testable import Suspects

struct AddressTests {
  private func refusal(_ text: String, allowsPrivate: Bool) throws -> String? {
    let address = try SocketAddress(ipAddress: text, port: 80)
    return AddressRule.refusal(of: address.networkBytes, allowsPrivate: allowsPrivate)
  }

  @Test(arguments: [
    "169.254.169.254", "169.254.0.1", "168.63.129.16", "100.100.100.200", "192.0.0.192", "0.0.0.0", "0.1.2.3",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "fe80::1", "ff02::1", "fd00:ec2::254", "fd20:ce::254",
    "::ffff:169.254.169.254", "::169.254.169.254", "::ffff:0:169.254.169.254", "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1", "2001:0:1:2:3:4:5601:5601",
  ])
  func neverAsksSpecialAddresses(_ text: String) throws {
    let strict = try refusal(text, allowsPrivate: false)
    let loose = try refusal(text, allowsPrivate: true)
    #expect(strict != nil && loose != nil)
  }

  @Test(arguments: [
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "198.18.0.1",
    "::1", "fc00::1", "fd12:3456::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::192.168.0.1",
    "64:ff9b:1::1", "2002:7f00:1::1",
  ])
  func asksPrivateAddressesByPermission(_ text: String) throws {
    let strict = try refusal(text, allowsPrivate: false)
    let loose = try refusal(text, allowsPrivate: true)
    #expect(strict != nil && loose == nil)
  }

  @Test(arguments: [
    "8.8.8.8", "172.32.0.1", "100.128.0.1", "169.253.1.1", "192.0.2.1", "2606:4700::1111", "::ffff:8.8.8.8",
    "2002:808:808::1", "64:ff9b::8.8.8.8",
  ])
  func asksPublicAddresses(_ text: String) throws {
    let strict = try refusal(text, allowsPrivate: false)
    #expect(strict == nil)
  }

  @Test(arguments: [
    "ftp://a/b", "https://", "https://user:secret@a.example/", "https://a.example/#x", "https://a.example/../b",
    "https://a b/", "https://ä.example/", "https://[fe80::1%25eth0]/", "https://a.example:0/", "a.example/v2",
    "https://a.example/%2E%2E/b",
  ])
  func refusesAddressesThatCanBeReadInTwoWays(_ text: String) {
    #expect(throws: SuspectError.self) { try EndpointURL(text) }
  }

  @Test func keepsTheRestOfAnAddress() throws {
    let url = try EndpointURL("HTTPS://API.Example:8443/base/v2/models/m%20x?key=1%2F2")
    #expect(url.host == "api.example" && url.port == 8443 && url.isSecure)
    #expect(url.components == ["base", "v2", "models", "m x"])
    #expect(url.text == "https://api.example:8443/base/v2/models/m%20x?key=1%2F2")
    let six = try EndpointURL("http://[2001:DB8::1]/x/")
    #expect(six.host == "2001:db8::1" && six.text == "http://[2001:db8::1]/x/")
  }
}
