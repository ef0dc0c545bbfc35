using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images;

/// <summary>What a convolutional potential is made of.</summary>
public sealed record ConvolutionalOptions
{
    /// <summary>Features tanh(ωx + b) of each pixel, with maps ω and b of their own, which are coupled with their neighbours.</summary>
    /// <value>1 to 64; default 2.</value>
    public int PixelFeatures = 2;

    /// <summary>Side K of the window in which pixels are coupled.</summary>
    /// <value>Odd, from 1 to the longer side of the image; default 5.</value>
    public int CouplingSide = 5;

    /// <summary>Learned filters of each scale, whose fields are bent by softplus with maps of amplitudes and biases.</summary>
    /// <value>0 to 1024; default 0, since each costs as much as a coupled feature.</value>
    public int Filters;

    /// <summary>Side k of the filters.</summary>
    /// <value>Odd, from 1 to the longer side of the image; default 3.</value>
    public int FilterSide = 3;

    /// <summary>Scales: distances in pixels between the taps of a filter.</summary>
    /// <value>1 to 16 numbers from 1 to the longer side of the image; default 1 and 2.</value>
    public IReadOnlyList<int> Dilations = [1, 2];

    /// <summary>Type of the parameters.</summary>
    /// <value>Float32 (the default) or Float64.</value>
    public ScalarType Type = ScalarType.Float32;

    internal void Validate(ImageShape shape)
    {
        ArgumentNullException.ThrowIfNull(Dilations);
        TensorChecks.RequireOption(PixelFeatures, 1, 64);
        TensorChecks.RequireOption(Filters, 0, 1024);
        TensorChecks.RequireOption(Dilations.Count, 1, 16, nameof(Dilations));
        RequireWindow(CouplingSide, shape, nameof(CouplingSide));
        RequireWindow(FilterSide, shape, nameof(FilterSide));
        foreach (var dilation in Dilations)
        {
            TensorChecks.RequireOption(dilation, 1, shape.Side, nameof(Dilations));
        }
    }

    private static void RequireWindow(int side, ImageShape shape, string name)
    {
        TensorChecks.RequireAtLeast(side, 1, name);
        if (side % 2 == 0 || side > shape.Side)
        {
            throw new ArgumentException(
                $"Expected an odd side of at most {shape.Side}, the longer side of images of {shape.Height} x {shape.Width}, got {side}.",
                name);
        }
    }
}
