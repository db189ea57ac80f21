import Foundation
import Foundations

/// A suspect that has been looked up and described, ready to be asked.
package struct SuspectSession: Sendable {
  package let profile: Profile
  let endpoint: any Endpoint
  let setup: EndpointSetup
  let transport: RetryingTransport
  let policy: AskingPolicy
  let surroundings: Surroundings
  let limits: ExchangeLimits

  /// What a session needs besides the suspect.
  package struct Terms: Sendable {
    /// Our class names, in our order.
    package var classes: [String]
    /// Of our images.
    package var size: ImageSize
    package var credential: Credential?
    package var policy: AskingPolicy
    package var limits: ExchangeLimits
    package var encoder: ImageEncoder
    package var surroundings: Surroundings
    package var admission: Admission

    package init(
      classes: [String], size: ImageSize, credential: Credential? = nil, policy: AskingPolicy = AskingPolicy(),
      limits: ExchangeLimits = ExchangeLimits(), surroundings: Surroundings = Surroundings(),
      admission: @escaping Admission = { _ in true }, encoder: @escaping ImageEncoder
    ) {
      self.classes = classes
      self.size = size
      self.credential = credential
      self.policy = policy
      self.limits = limits
      self.encoder = encoder
      self.surroundings = surroundings
      self.admission = admission
    }
  }

  /// Describes the suspect, runs `body` and closes every connection.
  ///
  /// - Parameter fingerprint: of the model that earlier audits asked; nil at the first.
  /// - Throws: `SuspectError`, and what `body` throws.
  package static func with<Value>(
    _ suspect: Suspect, terms: Terms, expecting fingerprint: String? = nil,
    _ body: (SuspectSession) async throws -> Value
  ) async throws -> Value {
    let url = try EndpointURL(suspect.url)
    if terms.credential != nil, !url.isSecure, !suspect.allowsPrivateAddresses {
      throw SuspectError.url(suspect.url, reason: "a credential is sent over https only")
    }
    try check(suspect, hasCredential: terms.credential != nil)
    let transport = Transport(
      url: url, allowsPrivate: suspect.allowsPrivateAddresses, credential: terms.credential, limits: terms.limits,
      surroundings: terms.surroundings)
    do {
      let session = try await open(suspect, url: url, terms: terms, transport: transport)
      if let fingerprint, fingerprint != session.profile.fingerprint {
        throw SuspectError.modelChanged(
          suspect: suspect.name, expected: fingerprint, found: session.profile.fingerprint)
      }
      let value = try await body(session)
      await transport.close()
      return value
    } catch {
      await transport.close()
      throw error
    }
  }

  private static func open(
    _ suspect: Suspect, url: EndpointURL, terms: Terms, transport: Transport
  ) async throws -> SuspectSession {
    let bucket = TokenBucket(
      rate: terms.policy.requestsPerSecond, burst: terms.policy.burst, surroundings: terms.surroundings)
    let requests = RetryingTransport(
      transport: transport, bucket: bucket, policy: terms.policy, surroundings: terms.surroundings,
      admission: terms.admission)
    let setup = EndpointSetup(
      suspect: suspect, url: url, classes: terms.classes, size: terms.size, encoder: terms.encoder,
      describe: { try await requests.describe($0, suspect: suspect.name, limits: terms.limits.json) })
    let endpoint = try await setup.endpoint()
    return SuspectSession(
      profile: endpoint.profile, endpoint: endpoint, setup: setup, transport: requests, policy: terms.policy,
      surroundings: terms.surroundings, limits: terms.limits)
  }

  private static func check(_ suspect: Suspect, hasCredential: Bool) throws {
    for (name, value) in suspect.rest?.headers ?? [:] {
      let isToken = !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
      guard isToken, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        throw SuspectError.configuration(
          suspect: suspect.name, key: "headers", reason: "“\(PrintableText(name, limit: 256))” is no header")
      }
      guard hasCredential || !value.contains("{{credential}}") else {
        throw SuspectError.configuration(
          suspect: suspect.name, key: "headers", reason: "“\(name)” wants a credential, and there is none")
      }
    }
  }
}

extension EndpointSetup {
  /// - Throws: `SuspectError`.
  func endpoint() async throws -> any Endpoint {
    switch suspect.kind {
    case .v2: try await V2Endpoint(self)
    case .tfServing: try await TFServingEndpoint(self)
    case .torchServe: try TorchServeEndpoint(self)
    case .huggingFace: try HuggingFaceEndpoint(self)
    case .rest: try RESTEndpoint(self)
    }
  }
}
