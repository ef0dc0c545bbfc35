namespace MAFlow.Torch.Training;

/// <summary>Settings of Adam and AdamW.</summary>
public sealed record AdamOptions
{
    /// <summary>Learning rate at the top of the schedule.</summary>
    /// <value>Positive; default 4e-3.</value>
    public double LearningRate = 4e-3;

    /// <summary>Decay of the first moment.</summary>
    /// <value>From 0 to below 1; default 0.9.</value>
    internal double Beta1 = 0.9;

    /// <summary>Decay of the second moment.</summary>
    /// <value>From 0 to below 1; default 0.999.</value>
    internal double Beta2 = 0.999;

    /// <summary>Floor under the root of the second moment.</summary>
    /// <value>Positive; default 1e-8.</value>
    internal double Epsilon = 1e-8;

    /// <summary>Weight decay.</summary>
    /// <value>At least 0; default 0. The paper uses 1e-3, coupled.</value>
    public double WeightDecay;

    /// <summary>Whether weight decay acts on the weights directly (AdamW) instead of being added to the gradient (Adam with L2, as in the
    /// paper).</summary>
    /// <value>Default true.</value>
    public bool DecoupledWeightDecay = true;

    internal void Validate()
    {
        TensorChecks.RequireAtLeast(LearningRate, double.Epsilon);
        TensorChecks.RequireOption(Beta1, 0, 1 - 1e-12);
        TensorChecks.RequireOption(Beta2, 0, 1 - 1e-12);
        TensorChecks.RequireAtLeast(Epsilon, double.Epsilon);
        TensorChecks.RequireAtLeast(WeightDecay, 0);
    }
}
