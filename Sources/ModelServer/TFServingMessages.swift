extension TFServingDialect {
  struct Status: Encodable {
    struct Version: Encodable {
      var version: String
      var state: String
      var status: [String: String]
    }

    var modelVersionStatus: [Version]

    private enum CodingKeys: String, CodingKey {
      case modelVersionStatus = "model_version_status"
    }
  }

  struct Metadata: Encodable {
    struct Spec: Encodable {
      var name: String
      var signatureName = ""
      var version: String

      private enum CodingKeys: String, CodingKey {
        case name, version
        case signatureName = "signature_name"
      }
    }

    struct Body: Encodable {
      var signatureDef: Signatures
      /// Beyond the protocol: names in the order of every answer.
      var classes: [String]

      private enum CodingKeys: String, CodingKey {
        case classes
        case signatureDef = "signature_def"
      }
    }

    struct Signatures: Encodable {
      var signatureDef: [String: Signature]

      private enum CodingKeys: String, CodingKey {
        case signatureDef = "signature_def"
      }
    }

    struct Signature: Encodable {
      var inputs: [String: Tensor]
      var outputs: [String: Tensor]
      var methodName = "tensorflow/serving/predict"

      private enum CodingKeys: String, CodingKey {
        case inputs, outputs
        case methodName = "method_name"
      }
    }

    struct Tensor: Encodable {
      struct Shape: Encodable {
        struct Axis: Encodable {
          /// Protobuf's JSON has 64-bit numbers as strings.
          var size: String
          var name = ""
        }

        var dim: [Axis]
        var unknownRank = false

        private enum CodingKeys: String, CodingKey {
          case dim
          case unknownRank = "unknown_rank"
        }
      }

      var dtype: String
      var tensorShape: Shape

      init(dtype: String, extents: [Int]) {
        self.dtype = dtype
        tensorShape = Shape(dim: extents.map { .init(size: String($0)) })
      }

      private enum CodingKeys: String, CodingKey {
        case dtype
        case tensorShape = "tensor_shape"
      }
    }

    var modelSpec: Spec
    var metadata: Body

    private enum CodingKeys: String, CodingKey {
      case metadata
      case modelSpec = "model_spec"
    }
  }
}
