import Testing

@testable import Foundations

@Suite struct HexDigestTests {
  @Test func readsOnlyWholeHexadecimalDigests() {
    let digest = HexDigest(bytes: Array(200..<232))
    #expect(HexDigest(digest.description) == digest)
    #expect(HexDigest(String(digest.description.dropLast())) == nil)
    #expect(HexDigest(digest.description + "0") == nil)
    #expect(HexDigest("g" + digest.description.dropFirst()) == nil)
  }

  @Test func isSHA256OfTheBytes() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(HexDigest(of: Array("abc".utf8)).description == abc)
    #expect(HexDigest(of: Array("xabcx".utf8)[1..<4]).description == abc)
  }
}
