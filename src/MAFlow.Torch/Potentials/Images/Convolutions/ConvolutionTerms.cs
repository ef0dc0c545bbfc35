using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images.Convolutions;

/// <summary>The tensors of a convolutional potential, ready for the stages of a solve.</summary>
/// <param name="shape">Size of the images.</param>
/// <param name="dilations">Scales of the filters; none where there are no filters.</param>
/// <param name="tensors">In the order of the properties, then filters, biases, heights and norms of each scale.</param>
internal sealed class ConvolutionTerms(ImageShape shape, IReadOnlyList<int> dilations, IReadOnlyList<Tensor> tensors)
{
    private const int PerScale = 4;
    private const int Fixed = 6;

    /// <summary>Size of the images.</summary>
    public ImageShape Shape => shape;

    /// <summary>All tensors, in their order.</summary>
    public IReadOnlyList<Tensor> Tensors => tensors;

    /// <summary>ω of each pixel feature, shape [C, P, H, W].</summary>
    public Tensor Sharpness => tensors[0];

    /// <summary>b, shape [C, P, H, W].</summary>
    public Tensor Offset => tensors[1];

    /// <summary>c, shape [C, P, H, W].</summary>
    public Tensor Curvature => tensors[2];

    /// <summary>d, shape [C, P, H, W].</summary>
    public Tensor Pull => tensors[3];

    /// <summary>m of the pixel itself and of its features, shape [C, 1 + P, H, W].</summary>
    public Tensor Amplitude => tensors[4];

    /// <summary>W, symmetric and without a pixel's coupling to itself, shape [C(1 + P), C(1 + P), K, K].</summary>
    public Tensor Kernel => tensors[5];

    /// <summary>The filters, scale by scale.</summary>
    public IEnumerable<FilterBank> Filters => dilations.Select((dilation, scale) => new FilterBank(
        dilation, tensors[Fixed + (PerScale * scale)], tensors[Fixed + (PerScale * scale) + 1], tensors[Fixed + (PerScale * scale) + 2],
        tensors[Fixed + (PerScale * scale) + 3]));

    /// <summary>The same terms on other tensors.</summary>
    public ConvolutionTerms On(IReadOnlyList<Tensor> others) => new(shape, dilations, others);
}
