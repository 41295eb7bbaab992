// SPDX-License-Identifier: MIT

/// Where the mesh is, who you are, and how long you wait.
public struct OrderMeshConfiguration: Sendable {
    /// DNS name or address of an `ingestd`.
    public var host: String
    /// Its mesh port.
    public var port: Int
    /// PEM file of your certificate, and of those between it and the mesh's root.
    public var certificatePath: String
    /// PEM file of its private key.
    public var privateKeyPath: String
    /// PEM file of the mesh's root.
    public var trustRootsPath: String
    /// For whom orders are placed and read; nil: the tenant that the certificate names. Only an
    /// operator may name another.
    public var tenant: String?
    /// What the mesh's logs call this client.
    public var name: String
    /// How long one call may take, with all its retries, unless the call says otherwise.
    public var deadline: Duration

    /// A configuration with a deadline of 30 seconds.
    public init(
        host: String, port: Int, certificatePath: String, privateKeyPath: String,
        trustRootsPath: String, tenant: String? = nil, name: String = "order-mesh-client",
        deadline: Duration = .seconds(30)
    ) {
        self.host = host
        self.port = port
        self.certificatePath = certificatePath
        self.privateKeyPath = privateKeyPath
        self.trustRootsPath = trustRootsPath
        self.tenant = tenant
        self.name = name
        self.deadline = deadline
    }
}
