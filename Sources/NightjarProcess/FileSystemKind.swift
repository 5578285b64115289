import CProcess

/// What kind of file system a folder lies on.
public enum FileSystemKind {
    /// Whether the system says by its number that it is one of a network. FUSE has one number for all that it mounts,
    /// which says neither.
    public static func isRemote(_ path: String) -> Bool { remoteNumbers.contains(nj_file_system(path)) }

    /// `f_type` of network file systems, from statfs(2) and linux/magic.h: NFS, SMB, SMB2, CIFS, AFS (two), 9P, Ceph,
    /// Lustre, GPFS, OCFS2, Coda, NCP.
    static let remoteNumbers: Set<UInt32> = [
        0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, 0x5346_414F, 0x6B41_4653, 0x0102_1997, 0x00C3_6400, 0x0BD0_0BD0,
        0x4750_4653, 0x7461_636F, 0x7375_7245, 0x564C,
    ]
}
