import NightjarScripting
import Testing

/// Random changes of training images, asked for in a script.
@Suite struct AugmentTests {
    private func script(_ augment: String, shape: String = "20, 6, 6, 3") -> String {
        """
        local data = nj.data.from_tensors {
          name = "images", inputs = nj.rand({ \(shape) }, { seed = 1 }), classes = 2,
          labels = (nj.rand({ 20 }, { seed = 2 }) * 2):floor():int() + 1,
        }
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = 108, hidden = { 4 }, classes = 2 }, loss = nj.losses.cce {},
          optimizer = nj.optim.sgd {}, learning_rate = 0.1, batch_size = 8, augment = \(augment),
        }
        local records = trainer:fit(data, { epochs = 2 })
        return records[2].train_loss_running
        """
    }

    @Test func imagesAreChangedTheSameWayEachTime() throws {
        let plain = try numbers(script("nil"))
        let changed = try numbers(script("{ crop = 2, flip = true }"))
        #expect(plain.count == 1)
        #expect(plain != changed)
        #expect(try numbers(script("{ crop = 2, flip = true }"), makeHost(threads: 3)) == changed)
        #expect(try numbers(script("{ crop = 0, flip = false }")) == plain)
    }

    @Test(arguments: [
        (
            "4",
            "'augment' of nj.trainer is a table such as { crop = 4, flip = true, nj.augmentations.mixup {} }, an "
                + "augmentation, or a function that gets inputs and returns them changed, got a number"
        ),
        (
            "{ crops = 4 }",
            "'augment' of nj.trainer has no field 'crops': did you mean 'crop'?\n  fields are crop, flip"
        ),
        ("{ crop = -1 }", "'crop' of nj.trainer's augment must be at least 0, got -1"),
        ("{ crop = 1.5 }", "'crop' of nj.trainer's augment must be an integer, got 1.5"),
        ("{ flip = 1 }", "'flip' of nj.trainer's augment must be true or false, got 1"),
    ])
    func mistakesAreSaid(augment: String, message: String) throws {
        let failure = try failure(script(augment))
        #expect(failure.contains(message), "\(failure)")
    }

    @Test func rowsOfNumbersAreNoImages() throws {
        let failure = try failure(script("{ flip = true }", shape: "20, 108"))
        #expect(
            failure.contains(
                "only images (height, width, channels) can be cropped and flipped: a sample of data set 'images' has shape (108)"
            ), "\(failure)")
    }
}
