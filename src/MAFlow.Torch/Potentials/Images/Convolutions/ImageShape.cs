using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images.Convolutions;

/// <summary>Images of C x H x W numbers, stored channel by channel and row by row.</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
internal sealed record ImageShape(int Channels, int Height, int Width)
{
    // A convolution of more would not end in reasonable time, and a file must not ask for it.
    private const long MaxSize = 1 << 24;

    /// <summary>N = C H W.</summary>
    public long Dimension => (long)Channels * Height * Width;

    /// <summary>The longer side, which no window may exceed.</summary>
    public int Side => Math.Max(Height, Width);

    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    /// <exception cref="ArgumentException">The image is too large.</exception>
    public void Validate()
    {
        TensorChecks.RequireAtLeast(Channels, 1);
        TensorChecks.RequireAtLeast(Height, 1);
        TensorChecks.RequireAtLeast(Width, 1);
        if ((double)Channels * Height * Width > MaxSize)
        {
            throw new ArgumentException($"Expected images of at most {MaxSize} numbers, got {Channels} x {Height} x {Width}.");
        }
    }

    /// <summary>Rows [B, N] as images [B, C, H, W].</summary>
    public Tensor Images(Tensor x) => x.reshape(x.shape[0], Channels, Height, Width);

    /// <summary>Images [B, C, H, W] as rows [B, N].</summary>
    public Tensor Rows(Tensor images) => images.reshape(images.shape[0], Dimension);
}
