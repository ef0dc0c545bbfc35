namespace MnistDensity.Data;

/// <summary>The four files of a data set in MNIST's layout.</summary>
public sealed record MnistArchive(MnistFile TrainingImages, MnistFile TrainingLabels, MnistFile TestImages, MnistFile TestLabels)
{
    /// <summary>MNIST as LeCun, Cortes and Burges published it: 60,000 images and 10,000 for testing.</summary>
    public static MnistArchive Original { get; } = new(
        new("train-images-idx3-ubyte.gz", IdxFormat.Images, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        new("train-labels-idx1-ubyte.gz", IdxFormat.Labels, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        new("t10k-images-idx3-ubyte.gz", IdxFormat.Images, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        new("t10k-labels-idx1-ubyte.gz", IdxFormat.Labels, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"));

    public IReadOnlyList<MnistFile> Files => [TrainingImages, TrainingLabels, TestImages, TestLabels];

    /// <summary>The files that a folder lacks.</summary>
    public IReadOnlyList<MnistFile> MissingFrom(string folder) => [.. Files.Where(file => !File.Exists(Path.Combine(folder, file.Name)))];
}
