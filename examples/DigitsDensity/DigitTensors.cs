using static TorchSharp.torch;

namespace DigitsDensity;

/// <summary>Digits as tensors, for what an ML.NET pipeline does not offer: other depths, intermediate states.</summary>
public static class DigitTensors
{
    /// <summary>Shape [digits, 64].</summary>
    public static Tensor ToTensor(this IEnumerable<Digit> digits)
    {
        float[] pixels = [.. digits.SelectMany(digit => digit.Pixels)];
        return tensor(pixels, [pixels.Length / Digit.PixelCount, Digit.PixelCount]);
    }

    /// <summary>The rows of a matrix.</summary>
    public static IReadOnlyList<float[]> ToRows(this Tensor matrix)
    {
        using var contiguous = matrix.to(ScalarType.Float32).contiguous();
        return [.. contiguous.data<float>().ToArray().Chunk((int)matrix.shape[1])];
    }

    /// <summary>The numbers of a vector.</summary>
    public static double[] ToNumbers(this Tensor vector)
    {
        using var contiguous = vector.to(ScalarType.Float64).contiguous();
        return contiguous.data<double>().ToArray();
    }
}
