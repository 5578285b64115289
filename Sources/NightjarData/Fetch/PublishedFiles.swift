// Where data sets are published, with sizes and digests.
//
// MNIST's and CIFAR-10's digests were compared with files at hand; those of the others are published in the lists of
// TensorFlow Datasets (tensorflow_datasets/url_checksums), and but for KMNIST's and SVHN's in other projects that agree with
// them. A set without published digests is not fetched: its remedy says what to put where.

extension PublishedSet {
    /// The files of the set at its home; empty where it has to be put into place by hand.
    var files: [PublishedFile] {
        switch name {
        case "mnist": PublishedSet.mnistFiles
        case "fashion-mnist": PublishedSet.fashionFiles
        case "kmnist": PublishedSet.kmnistFiles
        case "cifar10": PublishedSet.cifar10Files
        case "cifar100", "cifar100-coarse": PublishedSet.cifar100Files
        case "svhn": PublishedSet.svhnFiles
        default: []
        }
    }

    private static func file(_ base: String, _ name: String, _ size: Int, _ sha256: String) -> PublishedFile {
        PublishedFile(name: name, address: base + name, proof: PublishedFile.Proof(size: size, sha256: sha256))
    }

    private static func member(_ folder: String, _ name: String, _ size: Int, _ sha256: String) -> PublishedFile.Member
    {
        PublishedFile.Member(
            path: "\(folder)/\(name)", name: name, proof: PublishedFile.Proof(size: size, sha256: sha256))
    }

    private static let mnistFiles: [PublishedFile] = {
        let base = "https://storage.googleapis.com/cvdf-datasets/mnist/"
        return [
            file(
                base, "train-images-idx3-ubyte.gz", 9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            file(
                base, "train-labels-idx1-ubyte.gz", 28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            file(
                base, "t10k-images-idx3-ubyte.gz", 1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            file(
                base, "t10k-labels-idx1-ubyte.gz", 4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ]
    }()

    private static let fashionFiles: [PublishedFile] = {
        let base = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
        return [
            file(
                base, "train-images-idx3-ubyte.gz", 26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            file(
                base, "train-labels-idx1-ubyte.gz", 29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            file(
                base, "t10k-images-idx3-ubyte.gz", 4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            file(
                base, "t10k-labels-idx1-ubyte.gz", 5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ]
    }()

    private static let kmnistFiles: [PublishedFile] = {
        let base = "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"
        return [
            file(
                base, "train-images-idx3-ubyte.gz", 18_165_135,
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            file(
                base, "train-labels-idx1-ubyte.gz", 29_497,
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            file(
                base, "t10k-images-idx3-ubyte.gz", 3_041_136,
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            file(
                base, "t10k-labels-idx1-ubyte.gz", 5_120,
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ]
    }()

    private static let cifar10Files: [PublishedFile] = [
        PublishedFile(
            name: "cifar-10-binary.tar.gz", address: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            proof: PublishedFile.Proof(
                size: 170_052_171, sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
            members: [
                ("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
                ("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
                ("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
                ("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
                ("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
                ("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
            ].map { member("cifar-10-batches-bin", $0.0, 30_730_000, $0.1) })
    ]

    private static let cifar100Files: [PublishedFile] = [
        PublishedFile(
            name: "cifar-100-binary.tar.gz", address: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
            proof: PublishedFile.Proof(
                size: 168_513_733, sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
            members: [
                member(
                    "cifar-100-binary", "train.bin", 153_700_000,
                    "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"),
                member(
                    "cifar-100-binary", "test.bin", 30_740_000,
                    "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"),
            ])
    ]

    private static let svhnFiles: [PublishedFile] = {
        let base = "http://ufldl.stanford.edu/housenumbers/"
        return [
            file(
                base, "train_32x32.mat", 182_040_794,
                "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
            file(
                base, "test_32x32.mat", 64_275_384,
                "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
        ]
    }()
}
