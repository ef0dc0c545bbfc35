using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images.Convolutions;

/// <summary>The parameters of a convolutional potential: at rest, as terms of φ, and in files.</summary>
internal static class ConvolutionParameters
{
    private const string Sharpness = "sharpness", Offset = "offset", Curvature = "curvature", Pull = "pull", Amplitude = "amplitude";
    private const string Coupling = "coupling";
    private static readonly string[] _pixels = [Sharpness, Offset, Curvature, Pull, Amplitude, Coupling];
    private static readonly string[] _filters = ["filter", "bias", "height"];

    // Features are curved where unit-variance pixels are.
    private const double FeatureSharpness = 1.5;
    private const double Spread = 0.5;
    private const double FilterLength = 3;

    /// <summary>Names of all parameters.</summary>
    public static IReadOnlyList<string> Names(int scales) =>
        [.. _pixels, .. Enumerable.Range(0, scales).SelectMany(scale => _filters.Select(name => $"{name}{scale}"))];

    public static Dictionary<string, Tensor> AtRest(ImageShape shape, ConvolutionalOptions options, Generator generator)
    {
        var (features, count, side) = ((long)options.PixelFeatures, (long)options.Filters, (long)options.FilterSide);
        long[] Map(long maps) => [shape.Channels, maps, shape.Height, shape.Width];
        Tensor Normal(params long[] size) => randn(size, dtype: float64, generator: generator);
        Tensor None(params long[] size) => zeros(size, dtype: float64);
        var sharpness = TensorFactories.Full(1, FeatureSharpness, float64).expand(Map(features));
        var channels = shape.Channels * (features + 1);
        var parameters = new Dictionary<string, Tensor>
        {
            [Sharpness] = sharpness,
            [Offset] = Normal(Map(features)).Mul(Spread).Add(Centres(options.PixelFeatures).view(-1, 1, 1)).mul(sharpness).neg(),
            [Curvature] = None(Map(features)),
            [Pull] = None(Map(features)),
            [Amplitude] = ones(Map(features + 1), dtype: float64),
            [Coupling] = None(channels, channels, options.CouplingSide, options.CouplingSide),
        };
        for (var scale = 0; scale < (count == 0 ? 0 : options.Dilations.Count); scale++)
        {
            var directions = Normal(count, shape.Channels, side, side);
            parameters[$"filter{scale}"] = directions.Mul(FilterLength).div(directions.Square().sum([1L, 2L, 3L], keepdim: true).sqrt());
            parameters[$"bias{scale}"] = Normal(count, shape.Height, shape.Width).Mul(Spread);
            parameters[$"height{scale}"] = None(count, shape.Height, shape.Width);
        }

        return parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.to(options.Type));
    }

    /// <summary>The terms of φ, differentiable by the parameters.</summary>
    public static ConvolutionTerms Terms(ImageShape shape, IReadOnlyList<int> dilations, Func<string, Tensor> parameter)
    {
        var kernel = CouplingKernel.Of(shape, parameter(Coupling));
        List<Tensor> tensors = [.. _pixels.Where(name => name != Coupling).Select(parameter), kernel];
        for (var scale = 0; scale < dilations.Count; scale++)
        {
            tensors.AddRange(_filters.Select(name => parameter($"{name}{scale}")));
            tensors.Add(FilterBank.NormOf(shape, dilations[scale], tensors[^3]));
        }

        return new(shape, dilations, tensors);
    }

    /// <summary>Features that bend at equal shares of a normal distribution.</summary>
    private static Tensor Centres(int features)
    {
        var shares = Enumerable.Range(0, features).Select(p => ((2 * (p + 0.5)) / features) - 1).ToArray();
        return tensor(shares, dtype: float64).erfinv().Mul(Math.Sqrt(2));
    }

    public static StoredComponent Store(ImageShape shape, IReadOnlyList<int> dilations, Func<string, Tensor> parameter)
    {
        var stored = new StoredComponent(ConvolutionalPotential.Kind)
            .With("image", new[] { shape.Channels, shape.Height, shape.Width }).With("dilations", dilations);
        return Names(dilations.Count).Aggregate(stored, (component, name) => component.WithTensor(name, parameter(name)));
    }

    /// <exception cref="FormatException">The tensors do not fit to each other.</exception>
    public static ConvolutionalPotential Restore(StoredComponent stored)
    {
        var (image, dilations) = (stored.Option<int[]>("image"), stored.Option<int[]>("dilations"));
        var (sharpness, coupling) = (stored.Tensor(Sharpness), stored.Tensor(Coupling));
        if (image is not [> 0, > 0, > 0] || sharpness.dim() != 4 || coupling.dim() != 4 || dilations.Length > 16)
        {
            throw Damaged("an image of three positive sides with maps and couplings of four axes", TensorChecks.Format(sharpness.shape));
        }

        var shape = new ImageShape(image[0], image[1], image[2]);
        foreach (var name in Names(dilations.Length))
        {
            RequireShape(shape, sharpness.shape[1], name, stored);
        }

        if (dilations.Any(dilation => dilation < 1 || dilation > shape.Side) || coupling.shape[2] > shape.Side)
        {
            throw Damaged($"windows and dilations of at most {shape.Side}", string.Join(", ", dilations));
        }

        return new(shape, dilations, Names(dilations.Length).ToDictionary(name => name, stored.Tensor));
    }

    private static void RequireShape(ImageShape shape, long features, string name, StoredComponent stored)
    {
        var (tensor, first) = (stored.Tensor(name), stored.Tensor(Sharpness));
        var scale = name[_filters.FirstOrDefault(name.StartsWith, name).Length..];
        var (window, own) = (tensor.shape.LastOrDefault(), scale.Length == 0 ? 0 : stored.Tensor($"filter{scale}").shape.FirstOrDefault());
        var channels = shape.Channels * (features + 1);
        long[] expected = scale.Length == 0
            ? name switch
            {
                Coupling => [channels, channels, window, window],
                Amplitude => [shape.Channels, features + 1, shape.Height, shape.Width],
                _ => [shape.Channels, features, shape.Height, shape.Width],
            }
            : name.StartsWith("filter", StringComparison.Ordinal)
                ? [own, shape.Channels, window, window]
                : [own, shape.Height, shape.Width];
        var isWindow = name == Coupling || name.StartsWith("filter", StringComparison.Ordinal);
        if (!tensor.shape.SequenceEqual(expected) || tensor.numel() == 0 || tensor.dtype != first.dtype || (isWindow && window % 2 == 0)
            || (isWindow && window > shape.Side))
        {
            throw Damaged(
                $"'{name}' of shape {TensorChecks.Format(expected)}, type {first.dtype} and odd windows",
                $"{TensorChecks.Format(tensor.shape)} and {tensor.dtype}");
        }
    }

    private static FormatException Damaged(string expected, string got) =>
        new($"Expected {expected} in the stored {ConvolutionalPotential.Kind}, got {got}; the file is damaged.");
}
