namespace MAFlow.Torch.Native;

/// <summary>libtorch, or the device it was asked for, could not be brought up; the message says what is missing and what to do.</summary>
public sealed class TorchRuntimeException : Exception
{
    /// <summary>Creates the exception with a message and the failure that led to it.</summary>
    /// <param name="message">What is missing and what to do.</param>
    /// <param name="innerException">The failure that led to it.</param>
    public TorchRuntimeException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
