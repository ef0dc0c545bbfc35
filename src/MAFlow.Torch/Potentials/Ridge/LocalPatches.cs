using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>Directions that mix a square patch of neighbouring pixels with normal weights: for images stored row by row.</summary>
public sealed class LocalPatches : DirectionInitializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="width">Image width in pixels.</param>
    /// <param name="height">Image height in pixels.</param>
    /// <param name="patch">Side of the patch in pixels, from 1 to the smaller side of the image.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public LocalPatches(int width, int height, int patch = 3)
    {
        TensorChecks.RequireAtLeast(width, 1);
        TensorChecks.RequireAtLeast(height, 1);
        TensorChecks.RequireOption(patch, 1, Math.Min(width, height));
        (Width, Height, Patch) = (width, height, patch);
    }

    /// <summary>Image width in pixels.</summary>
    internal int Width { get; }

    /// <summary>Image height in pixels.</summary>
    internal int Height { get; }

    /// <summary>Side of the patch in pixels.</summary>
    internal int Patch { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image's pixels are not the coordinates.</exception>
    protected internal override Tensor DrawDirections(long count, Tensor scale, Generator generator)
    {
        var dimension = scale.shape[0];
        if (dimension != (long)Width * Height)
        {
            throw new ArgumentException(
                $"Expected images of {Width} x {Height} = {(long)Width * Height} pixels, "
                + $"got {dimension} features; give LocalPatches the size of the image.");
        }

        var normals = Normals(count * Patch * Patch, generator);
        var directions = new double[count * dimension];
        var next = 0;
        for (var j = 0L; j < count; j++)
        {
            var (left, top) = (NextIndex(Width - Patch + 1, generator), NextIndex(Height - Patch + 1, generator));
            for (var row = top; row < top + Patch; row++)
            {
                for (var column = left; column < left + Patch; column++)
                {
                    directions[(j * dimension) + (row * Width) + column] = normals[next++];
                }
            }
        }

        return tensor(directions, [count, dimension], dtype: float64);
    }
}
