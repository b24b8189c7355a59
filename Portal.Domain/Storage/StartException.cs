namespace Portal.Domain.Storage;

/// <summary>A start that cannot go on. The message is written for the person who started the host: it names the thing and the remedy.</summary>
public sealed class StartException(string message, Exception? cause = null) : Exception(message, cause);
