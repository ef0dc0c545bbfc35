using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>Directions that mix a few random features, with normal weights in units of each feature's deviation: the default for
/// tables.</summary>
public sealed class FeatureSubsets : DirectionInitializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="size">Largest number of features a direction mixes, at least 1; each direction draws its own number from 1 to
    /// this.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    public FeatureSubsets(int size = 3)
    {
        TensorChecks.RequireAtLeast(size, 1);
        Size = size;
    }

    /// <summary>Largest number of features a direction mixes.</summary>
    internal int Size { get; }

    /// <inheritdoc/>
    protected internal override Tensor DrawDirections(long count, Tensor scale, Generator generator)
    {
        using var scope = NewDisposeScope();
        var dimension = scale.shape[0];
        var largest = Math.Min(Size, dimension);
        var normals = Normals(count * largest, generator);
        var directions = new double[count * dimension];
        for (var j = 0L; j < count; j++)
        {
            var size = 1 + NextIndex(largest, generator);
            for (var k = 0L; k < size; k++)
            {
                // Drawing a feature twice only changes its weight.
                directions[(j * dimension) + NextIndex(dimension, generator)] = normals[(j * largest) + k];
            }
        }

        return tensor(directions, [count, dimension], dtype: float64).div(scale).MoveToOuterDisposeScope();
    }
}
