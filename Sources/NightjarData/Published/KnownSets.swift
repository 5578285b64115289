// The published sets: names of files and classes, whom to thank, and how to get them.
import Foundation

extension PublishedSet {
    private static let digits = (0...9).map(String.init)
    private static let grey =
        "Put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
        + "t10k-labels-idx1-ubyte (plain or ending in .gz)"
    private static func given(_ folder: String) -> String {
        "into DIR/\(folder) and give DIR by --data-dir or NIGHTJAR_DATA"
    }

    /// LeCun et al. 1998. Mean and deviation are those of the 60,000 training images.
    static let mnist = PublishedSet(
        name: "mnist", format: .idx(.mnist), folders: ["mnist", ""], classNames: digits,
        normalization: Normalization(uncheckedScale: 255, mean: [0.1307], deviation: [0.3081]),
        credit: "MNIST: LeCun, Cortes and Burges", license: "CC-BY-SA-3.0", remedy: "\(grey) \(given("mnist"))")

    /// Xiao et al. 2017. Mean and deviation are those of the 60,000 training images.
    static let fashion = PublishedSet(
        name: "fashion-mnist", format: .idx(.mnist), folders: ["fashion-mnist"],
        classNames: [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ],
        normalization: Normalization(uncheckedScale: 255, mean: [0.2860], deviation: [0.3530]),
        credit: "Fashion-MNIST: Xiao, Rasul and Vollgraf 2017, Zalando SE", license: "MIT",
        remedy: "Install it with: apt-get install dataset-fashion-mnist. Or: \(grey.lowercasedFirst) into "
            + "DIR/fashion-mnist and give DIR by --data-dir or NIGHTJAR_DATA")

    /// Clanuwat et al. 2018. The classes are ten Hiragana, in Hepburn's romanisation.
    static let kmnist = PublishedSet(
        name: "kmnist", format: .idx(.mnist), folders: ["kmnist"],
        classNames: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"], normalization: nil,
        credit: "KMNIST: Clanuwat et al. 2018, adapted from the Kuzushiji data set of NIJL and others",
        license: "CC-BY-SA-4.0",
        remedy: "\(grey) of codh.rois.ac.jp/kmnist \(given("kmnist"))")

    /// Cohen et al. 2017, the split of that name.
    private static func emnist(_ split: String, classNames: [String], firstLabel: Int = 0) -> PublishedSet {
        PublishedSet(
            name: "emnist-\(split)", format: .idx(.emnist(split, firstLabel: firstLabel)),
            folders: ["emnist", "emnist/gzip", "gzip"], classNames: classNames, normalization: nil,
            credit: "EMNIST: Cohen, Afshar, Tapson and van Schaik 2017, from NIST Special Database 19",
            license: "not stated",
            remedy: "Put emnist-\(split)-train-images-idx3-ubyte, emnist-\(split)-train-labels-idx1-ubyte and those of "
                + "-test- (plain or ending in .gz) of the archive gzip.zip \(given("emnist"))")
    }

    private static let capitals = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { String(UnicodeScalar($0)) }
    private static let smalls = capitals.map { $0.lowercased() }
    /// Small letters that look like their capitals are one class with them: these do not.
    private static let merged = digits + capitals + "abdefghnqrt".map(String.init)

    private static let emnists = [
        emnist("balanced", classNames: merged), emnist("bymerge", classNames: merged),
        emnist("byclass", classNames: digits + capitals + smalls), emnist("digits", classNames: digits),
        emnist("letters", classNames: capitals, firstLabel: 1), emnist("mnist", classNames: digits),
    ]

    /// Hull 1994.
    static let usps = PublishedSet(
        name: "usps", format: .usps, folders: ["usps"], classNames: digits, normalization: nil,
        credit: "USPS: Hull 1994, in the forms of Hastie, Tibshirani and Friedman and of LIBSVM", license: "not stated",
        remedy: "Put zip.train and zip.test of The Elements of Statistical Learning, or usps and usps.t of LIBSVM "
            + "unpacked by bunzip2 (plain or ending in .gz), \(given("usps"))")

    /// Krizhevsky 2009. Means and deviations are those of the 50,000 training images.
    static let cifar10 = PublishedSet(
        name: "cifar10", format: .cifar10, folders: ["cifar10", "cifar-10-batches-bin", ""],
        classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        normalization: Normalization(
            uncheckedScale: 255, mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616]),
        credit: "CIFAR-10: Krizhevsky 2009", license: "not stated",
        remedy: "Put data_batch_1.bin to data_batch_5.bin and test_batch.bin (plain or ending in .gz) of the binary "
            + "version \(given("cifar10"))")

    private static func cifar100(_ name: String, isCoarse: Bool) -> PublishedSet {
        PublishedSet(
            name: name, format: .cifar100(isCoarse: isCoarse), folders: ["cifar100", "cifar-100-binary"],
            classNames: isCoarse ? coarseClasses : fineClasses, normalization: nil,
            credit: "CIFAR-100: Krizhevsky 2009", license: "not stated",
            remedy: "Put train.bin and test.bin (plain or ending in .gz) of the binary version \(given("cifar100"))")
    }

    /// Netzer et al. 2011.
    static let svhn = PublishedSet(
        name: "svhn", format: .svhn, folders: ["svhn"], classNames: digits, normalization: nil,
        credit: "SVHN: Netzer et al. 2011", license: "not stated, for non-commercial use",
        remedy: "Put train_32x32.mat and test_32x32.mat of ufldl.stanford.edu/housenumbers \(given("svhn"))")

    static let all =
        [mnist, fashion, kmnist] + emnists + [
            usps, cifar10, cifar100("cifar100", isCoarse: false), cifar100("cifar100-coarse", isCoarse: true), svhn,
        ]

    private static let coarseClasses = [
        "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables",
        "household_electrical_devices", "household_furniture", "insects", "large_carnivores",
        "large_man-made_outdoor_things", "large_natural_outdoor_scenes", "large_omnivores_and_herbivores",
        "medium_mammals", "non-insect_invertebrates", "people", "reptiles", "small_mammals", "trees", "vehicles_1",
        "vehicles_2",
    ]

    private static let fineClasses = [
        "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy",
        "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock",
        "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish",
        "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
        "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange",
        "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine",
        "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk",
        "skyscraper", "snail", "snake", "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
        "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale",
        "willow_tree", "wolf", "woman", "worm",
    ]
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
