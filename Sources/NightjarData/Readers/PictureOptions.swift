/// How a folder of images is read as a data set.
public struct PictureOptions: Sendable {
    /// Height and width to which images are brought; nil: all have to be of one size.
    public var size: (height: Int, width: Int)?
    /// 1: grey, 3: colours; nil: as the first image has it, and so all others.
    public var channels: Int?
    /// The classes in their order; nil: the folders inside, by their bytes.
    public var classNames: [String]?
    /// The most pixels of one image.
    public var mostPixels = ImageFile.mostPixels
    /// The most images.
    public var mostImages = 1 << 24
    /// Where given, pixels are read as those of another folder were; nil: measured over this one.
    public var normalization: Normalization?

    public init() {}
}
