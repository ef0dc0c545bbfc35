namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <content>What depends on the centre of mass.</content>
internal sealed partial class LaneStage<S, T, V>
{
    /// <summary>κ (v - v̄) of some vectors.</summary>
    private void Confine(LaneArray<S, T, V> vectors, V strength, LaneArray<S, T, V> result)
    {
        for (nint axis = 0; axis < _pairs.Coordinates; axis++)
        {
            var mean = Mean(vectors, axis);
            for (var place = axis; place < vectors.Count; place += _pairs.Coordinates)
            {
                result[place] = S.Multiply(strength, S.Subtract(vectors[place], mean));
            }
        }
    }

    private V ByConfinement(LaneArray<S, T, V> x, LaneArray<S, T, V> cotangent, V laplacian, LaneTask task)
    {
        var sum = task.Laplacian ? S.Multiply(laplacian, S.Constant(Free)) : S.Constant(0);
        for (nint axis = 0; axis < _pairs.Coordinates; axis++)
        {
            var mean = Mean(x, axis);
            for (var place = axis; place < x.Count; place += _pairs.Coordinates)
            {
                sum = S.MultiplyAdd(S.Subtract(x[place], mean), cotangent[place], sum);
            }
        }

        return sum;
    }

    private V Mean(LaneArray<S, T, V> vectors, nint axis)
    {
        var sum = S.Constant(0);
        for (var place = axis; place < vectors.Count; place += _pairs.Coordinates)
        {
            sum = S.Add(sum, vectors[place]);
        }

        return S.Multiply(sum, S.Constant(1.0 / _pairs.Particles));
    }
}
