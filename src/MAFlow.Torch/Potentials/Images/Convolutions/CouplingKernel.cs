using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images.Convolutions;

/// <summary>Couplings of pixels as the weights of a convolution.</summary>
internal static class CouplingKernel
{
    // Small convolutions are fastest as products of matrices, for which rows of pixels count as channels.
    private const int MaxBand = 192;

    /// <summary>½ (W_ab(u) + W_ba(-u)), zero where a pixel would see itself.</summary>
    public static Tensor Of(ImageShape shape, Tensor coupling)
    {
        using var scope = NewDisposeScope();
        var (features, side) = (coupling.shape[0] / shape.Channels, coupling.shape[2]);
        var mask = ones(coupling.shape, dtype: coupling.dtype, device: coupling.device);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            mask.narrow(0, channel * features, features).narrow(1, channel * features, features)
                .narrow(2, side / 2, 1).narrow(3, side / 2, 1).zero_();
        }

        var mirrored = coupling.transpose(0, 1).flip(2, 3);
        var kernel = coupling.Add(mirrored).mul(mask).Mul(0.5);
        return (coupling.shape[0] * shape.Height <= MaxBand ? Band(kernel, shape.Height) : kernel).MoveToOuterDisposeScope();
    }

    /// <summary>The same couplings with the rows of an image as channels: shape [AH, AH, 1, K].</summary>
    private static Tensor Band(Tensor kernel, int height)
    {
        var (channels, side) = (kernel.shape[0], kernel.shape[2]);
        var rows = TensorFactories.Arange(height, int64, kernel.device);
        var taps = TensorFactories.Arange(side, int64, kernel.device).view(-1, 1, 1);
        // Row i sees row i' through the tap i' - i + K/2.
        var places = rows.view(1, 1, -1).sub(rows.view(1, -1, 1)).Add(side / 2).eq(taps).to(kernel.dtype);
        return places.view(side, -1).t().mm(kernel.permute(2, 0, 1, 3).reshape(side, -1))
            .view(height, height, channels, channels, side).permute(2, 0, 3, 1, 4)
            .reshape(channels * height, channels * height, 1, side);
    }
}
